from odoo import fields, models


class GbCustomerScoreQueue(models.Model):
    """Whose scores are to be computed anew.

    Filled by triggers in the database, so that nothing which changes a customer's orders can be missed: not the
    recomputed total of an order, not an import, not a merge of customers that goes past the models. A row is
    committed with the change that it stands for and taken out with the scores that follow from it
    (docs/adr/030-customer-scores.md). Rows are only added and taken, nobody waits for anybody.
    """

    _name = "gb.customer.score.queue"
    _description = "Customers to be scored"
    _log_access = False

    # no foreign key: it would lock the customer
    partner_id = fields.Integer(required=True, index=True)

    def init(self):
        result = super().init()
        # tables and columns are complete only then
        self.pool.post_init(self._create_triggers)
        return result

    def _create_triggers(self):
        self.env.cr.execute(TRIGGERS)

    def _drop_triggers(self):
        self.env.cr.execute(
            """DROP FUNCTION IF EXISTS gb_customer_order_changed() CASCADE;
               DROP FUNCTION IF EXISTS gb_customer_refund_changed() CASCADE;
               DROP FUNCTION IF EXISTS gb_customer_partner_changed() CASCADE"""
        )


# What is compared stands in the functions: a condition of the trigger itself would forbid later changes of the columns.
TRIGGERS = """
CREATE OR REPLACE FUNCTION gb_customer_order_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.state, OLD.partner_id, OLD.company_id, OLD.date_order, OLD.amount_untaxed, OLD.currency_rate)
        IS NOT DISTINCT FROM (NEW.state, NEW.partner_id, NEW.company_id, NEW.date_order, NEW.amount_untaxed, NEW.currency_rate)
    THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF OLD.state = 'sale' THEN
            INSERT INTO gb_customer_score_queue (partner_id) VALUES (OLD.partner_id);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.state = 'sale' THEN
            INSERT INTO gb_customer_score_queue (partner_id) VALUES (NEW.partner_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER gb_customer_score AFTER INSERT OR UPDATE OR DELETE ON sale_order
    FOR EACH ROW EXECUTE FUNCTION gb_customer_order_changed();

CREATE OR REPLACE FUNCTION gb_customer_refund_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.state, OLD.move_type, OLD.commercial_partner_id, OLD.company_id, OLD.invoice_date, OLD.amount_untaxed_signed)
        IS NOT DISTINCT FROM (NEW.state, NEW.move_type, NEW.commercial_partner_id, NEW.company_id, NEW.invoice_date, NEW.amount_untaxed_signed)
    THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        IF OLD.state = 'posted' AND OLD.move_type = 'out_refund' AND OLD.commercial_partner_id IS NOT NULL THEN
            INSERT INTO gb_customer_score_queue (partner_id) VALUES (OLD.commercial_partner_id);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        IF NEW.state = 'posted' AND NEW.move_type = 'out_refund' AND NEW.commercial_partner_id IS NOT NULL THEN
            INSERT INTO gb_customer_score_queue (partner_id) VALUES (NEW.commercial_partner_id);
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER gb_customer_score AFTER INSERT OR UPDATE OR DELETE ON account_move
    FOR EACH ROW EXECUTE FUNCTION gb_customer_refund_changed();

CREATE OR REPLACE FUNCTION gb_customer_partner_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.commercial_partner_id IS DISTINCT FROM NEW.commercial_partner_id THEN
        INSERT INTO gb_customer_score_queue (partner_id)
             SELECT id FROM unnest(ARRAY[NEW.id, OLD.commercial_partner_id, NEW.commercial_partner_id]) id WHERE id IS NOT NULL;
    ELSIF OLD.gb_level_manual IS DISTINCT FROM NEW.gb_level_manual THEN
        INSERT INTO gb_customer_score_queue (partner_id) VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER gb_customer_score AFTER UPDATE OF commercial_partner_id, gb_level_manual ON res_partner
    FOR EACH ROW EXECUTE FUNCTION gb_customer_partner_changed();
"""
