"""``python -m connector --config FILE``."""

import argparse
import asyncio
import contextlib
import logging
import signal
import sys

from .app import Connector
from .settings import BadSettings, load


async def serve(settings):
    """Run until SIGTERM or SIGINT."""
    connector = Connector(settings)
    task = asyncio.ensure_future(connector.run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main():
    """The command line; exit code 2 when the settings are wrong."""
    parser = argparse.ArgumentParser(prog="connector", description="Between Asterisk and Odoo.")
    parser.add_argument("--config", required=True, help="TOML file, see config/connector.toml")
    parser.add_argument("--log-level", default="INFO")
    arguments = parser.parse_args()
    logging.basicConfig(
        level=arguments.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    try:
        settings = load(arguments.config)
    except BadSettings as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    asyncio.run(serve(settings))


if __name__ == "__main__":
    main()
