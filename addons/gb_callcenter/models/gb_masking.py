import logging

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.phone_number import MASK, mask_number

_logger = logging.getLogger(__name__)

COLLECTIONS = (list, tuple, set, frozenset, tools.OrderedSet)
SUFFIX_DIGITS = 4
# a key that no request can send
COPYING = object()


class Base(models.AbstractModel):
    """Telephone numbers are hidden from those in the call centre who lack the right to see them, in whatever
    way they read (docs/adr/031).

    A model names its fields in ``_gb_masked_fields``; related fields follow by themselves. What the server does
    with a number (``record.phone``) is unaffected; what it hands out (read, onchange, export, Store) is masked,
    and what would give a number away (search by a part of it, order, groups) is refused.
    """

    _inherit = "base"

    _gb_masked_fields = ()
    _gb_unmasked_fields = ()

    # ------------------------------------------------------------------
    # Which fields
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache("self._name")
    def _get_gb_masked(self):
        """Names of the masked fields of this model, related ones included."""
        return frozenset(name for name in self._fields if self._is_gb_masked(name))

    @api.model
    def _is_gb_masked(self, name):
        classes = [class_.__dict__ for class_ in type(self).mro()]
        if any(name in class_.get("_gb_unmasked_fields", ()) for class_ in classes):
            return False
        if any(name in class_.get("_gb_masked_fields", ()) for class_ in classes):
            return True
        field = self._fields[name]
        if field.related and field.type in ("char", "text"):
            *path, last = field.related.split(".")
            model = self
            for part in path:
                model = self.env[model._fields[part].comodel_name]
            return last in model._fields and model._is_gb_masked(last)
        return name in self._get_gb_more_masked()

    @api.model
    def _get_gb_more_masked(self):
        """Names of further fields to be masked. Override for mixins that know their fields by a method."""
        return ()

    @api.model
    def _get_gb_hidden(self):
        """Names of the fields that are hidden from the current user."""
        names = self._get_gb_masked()
        return () if not names or self.env.user._gb_sees_numbers() else names

    # ------------------------------------------------------------------
    # Handing out
    # ------------------------------------------------------------------

    @api.model
    def _mask_gb_value(self, value):
        if isinstance(value, str):
            return mask_number(value)
        if isinstance(value, dict):
            return {key: self._mask_gb_value(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._mask_gb_value(item) for item in value]
        if isinstance(value, int) and not isinstance(value, bool) and value > 99999:
            return mask_number(str(value))
        return value

    @api.model
    def _to_gb_shown(self, value):
        """Text or JSON as the current user may see it."""
        return value if self.env.user._gb_sees_numbers() else self._mask_gb_value(value)

    def _read_format(self, fnames, load="_classic_read"):
        rows = super()._read_format(fnames, load)
        if hidden := self._get_gb_hidden():
            for row in rows:
                for name in row.keys() & hidden:
                    row[name] = self._mask_gb_value(row[name])
        return rows

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        rows = super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
        if hidden := self._get_gb_hidden():
            columns = [i for i, path in enumerate(fields) if path and path[0] in hidden]
            for row in rows if columns else ():
                for column in columns:
                    row[column] = self._mask_gb_value(row[column])
        return rows

    def copy(self, default=None):
        if not self._get_gb_hidden():
            return super().copy(default)
        # what is copied stays whole; only copy_data by itself hands values out
        copies = super(Base, self.with_context(gb_copying=COPYING)).copy(default)
        return copies.with_env(self.env)

    def copy_data(self, default=None):
        rows = super().copy_data(default)
        hidden = self._get_gb_hidden()
        if hidden and not self.env.su and self.env.context.get("gb_copying") is not COPYING:
            for row in filter(None, rows):
                for name in (row.keys() & hidden) - set(default or ()):
                    row[name] = self._mask_gb_value(row[name])
        return rows

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        description = super().fields_get(allfields, attributes)
        for name in description.keys() & self._get_gb_hidden():
            for attribute in description[name].keys() & {"sortable", "groupable"}:
                description[name][attribute] = False
        return description

    # ------------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------------

    @api.model
    def _refuse_gb_number(self, name):
        """:raise UserError: telling that ``name`` is hidden"""
        raise UserError(
            self.env._(
                "Telephone numbers are hidden from you: “%(field)s” can be searched by a complete number or by "
                "its last four digits, but not sorted, grouped or compared.",
                field=self._fields[name].get_description(self.env, ["string"])["string"],
            )
        )

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su and not self.env.user._gb_sees_numbers():
            domain = self._guard_gb_domain(Domain(domain), asked=set())
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _search_display_name(self, operator, value):
        domain = super()._search_display_name(operator, value)
        if domain is not NotImplemented and self._get_gb_hidden():
            domain = self._guard_gb_domain(Domain(domain), asked=set())
        return domain

    @api.model
    def _guard_gb_domain(self, domain, asked):
        """``domain`` without anything from which hidden numbers could be found out: only a complete number,
        one at a time, or the last four digits are looked for.

        :param Domain domain: as the user wants it
        :param set asked: the numbers that are asked for; filled
        """
        return domain.map_conditions(lambda condition: self._guard_gb_condition(condition, asked))

    @api.model
    def _guard_gb_condition(self, condition, asked):
        model = self
        *path, name = condition.field_expr.split(".")
        for part in path:
            field = model._fields.get(part)
            if field is None or not field.relational:
                return condition  # a property; or Odoo will say what is wrong
            model = model.env[field.comodel_name]
        operator, value = condition.operator, condition.value
        field = model._fields.get(name)
        if operator.rstrip("!") in ("any", "not any"):
            if field is not None and field.relational and isinstance(value, (Domain, list, tuple)):
                value = model.env[field.comodel_name]._guard_gb_domain(Domain(value), asked)
                return Domain(condition.field_expr, operator, value)
            return condition
        if name not in model._get_gb_masked():
            return condition
        texts = [text for text in (value if isinstance(value, COLLECTIONS) else [value]) if text]
        if operator in ("=", "!=", "in", "not in") and all(text is True for text in texts):
            return condition  # whether there is one at all
        if operator not in ("=", "in", "like", "ilike", "=like", "=ilike") or not all(
            isinstance(text, str) for text in texts
        ):
            model._refuse_gb_number(name)
        if not texts:
            return Domain.TRUE
        guarded = Domain.OR(model._get_gb_asked_domain(name, text, asked) for text in texts)
        if len(asked) > 1:
            raise UserError(self.env._("Look for one telephone number at a time."))
        if path:
            guarded = Domain(".".join(path), "any", guarded)
        return guarded

    @api.model
    def _get_gb_asked_domain(self, name, text, asked):
        digits = "".join(filter(str.isdigit, text))
        if mask_number(text) != text:
            asked.add(self.env["gb.phone"]._parse(text).key or digits)
            _logger.info("%s looks for a number in %s", self.env.user.login, self._name)
        return self._get_gb_number_domain(name, text, digits)

    @api.model
    def _get_gb_number_domain(self, name, text, digits):
        """Records with just this number, or with one that ends with the four digits given: those are shown.

        Override where an index finds them faster.

        :param str name: of the field
        :param str text: what is looked for
        :param str digits: the digits in it
        :rtype: Domain
        """
        if len(digits) == SUFFIX_DIGITS:
            return Domain(name, "=like", f"%{digits}")
        return Domain(name, "in", [text, self.env["gb.phone"]._parse(text).key or digits])

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if not self.env.su and field_name in self._get_gb_hidden():
            self._refuse_gb_number(field_name)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)

    def _read_group_groupby(self, alias, groupby_spec, query):
        if not self.env.su and (name := groupby_spec.split(":")[0]) in self._get_gb_hidden():
            self._refuse_gb_number(name)
        return super()._read_group_groupby(alias, groupby_spec, query)

    def _read_group_select(self, aggregate_spec, query):
        if not self.env.su:
            name, _dot, function = aggregate_spec.partition(":")
            if name in self._get_gb_hidden() and function not in ("count", "count_distinct"):
                self._refuse_gb_number(name)
        return super()._read_group_select(aggregate_spec, query)

    # ------------------------------------------------------------------
    # Writing back what was shown
    # ------------------------------------------------------------------

    def _get_gb_mask_texts(self, vals):
        """Those of ``vals`` that are a masked number: {name: text}."""
        return {
            name: vals[name]
            for name in vals.keys() & self._get_gb_masked()
            if isinstance(vals[name], str) and MASK in vals[name]
        }

    def _get_gb_masked_form(self, text, number):
        """The form of ``number`` (as written, or international) that is shown as ``text``; False when neither is."""
        forms = number and (number, self.env["gb.phone"]._parse(number).e164)
        return next((form for form in forms or () if mask_number(form) == text), False)

    def _get_gb_number_behind(self, text=None):
        """This record's number that is shown as ``text``, its first number by default; for dialling and sending.

        :return: number or False
        """
        self.ensure_one()
        for class_ in type(self).mro():
            for name in class_.__dict__.get("_gb_masked_fields", ()):
                number = name in self._fields and self[name]
                if isinstance(number, str) and number:
                    if shown := self._get_gb_masked_form(text, number) if text else number:
                        return shown
        return False

    def _refuse_gb_mask(self, text):
        raise UserError(
            self.env._(
                "“%(number)s” hides a part of the number and cannot be stored. Enter the whole number.",
                number=text,
            )
        )

    def write(self, vals):
        if masks := self._get_gb_mask_texts(vals):
            for name, text in masks.items():
                for record in self:
                    if not self._get_gb_masked_form(text, record[name]):
                        self._refuse_gb_mask(text)
            vals = {name: value for name, value in vals.items() if name not in masks}
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        if not self._get_gb_masked():
            return super().create(vals_list)
        masks = [self._get_gb_mask_texts(vals) for vals in vals_list]
        if not any(masks):
            return super().create(vals_list)
        records = super().create(
            [
                {name: value for name, value in vals.items() if name not in hidden}
                | (self._get_gb_hidden_numbers(hidden, vals) if hidden else {})
                for vals, hidden in zip(vals_list, masks, strict=True)
            ]
        )
        for record, hidden in zip(records, masks, strict=True):
            for name, text in hidden.items():
                if not self._get_gb_masked_form(text, record[name]):
                    self._refuse_gb_mask(text)
        return records

    @api.model
    def _add_missing_default_values(self, values):
        values = super()._add_missing_default_values(values)
        if masks := self._get_gb_mask_texts(values):
            # a default was masked on its way to the form
            numbers = self._get_gb_hidden_numbers(masks, values)
            values = {name: value for name, value in values.items() if name not in masks} | numbers
        return values

    @api.model
    def _get_gb_hidden_numbers(self, masks, vals):
        """The numbers behind masked texts with which a record is created, where they are known from elsewhere.

        :param dict masks: {name: masked text}
        :param dict vals: as given to ``create``
        :return: {name: number}
        """
        return {}
