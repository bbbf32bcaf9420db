import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

/** Finds a customer by name, any telephone number, customer, member or order number. */
export class CustomerSearch extends Component {
    static template = "gb_callcenter.CustomerSearch";
    static components = { AutoComplete };
    static props = { onSelect: Function, autofocus: { type: Boolean, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.placeholder = _t("Name, telephone, customer, member or order number");
        this.sources = [
            {
                placeholder: _t("Searching…"),
                optionSlot: "option",
                options: (term) => this.search(term.trim()),
            },
        ];
    }

    async search(term) {
        if (term.length < 2) {
            return [];
        }
        const rows = await this.orm.call("res.partner", "search_gb_360", [term]);
        if (!rows.length) {
            return [{ label: _t("Nobody found"), cssClass: "text-muted pe-none" }];
        }
        return rows.map((row) => ({
            label: row.name,
            data: row,
            onSelect: () => this.props.onSelect(row.id),
        }));
    }
}
