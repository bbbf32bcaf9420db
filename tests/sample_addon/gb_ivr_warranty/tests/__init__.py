from . import test_warranty_node
