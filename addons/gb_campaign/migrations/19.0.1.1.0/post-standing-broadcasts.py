from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Calls of a hotline counted for the medium that showed it. They still do: as a standing broadcast, which is ended
    or replaced by the schedule when there is one."""
    # a number may be shown by several media now, one after another
    cr.execute("DROP INDEX IF EXISTS gb_media_hotline_uniq")
    cr.execute(
        """SELECT m.id, (SELECT min(offered_at) FROM gb_call c WHERE c.hotline_id = m.hotline_id)
             FROM gb_media m WHERE m.hotline_id IS NOT NULL AND m.active"""
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    for media_id, first_at in cr.fetchall():
        media = env["gb.media"].browse(media_id)
        company = media.company_id or media.hotline_id.company_id or env.company
        ad = env["gb.media.ad"].create({"name": media.name, "company_id": company.id})
        env["gb.media.broadcast"].create(
            {
                "media_id": media.id,
                "ad_id": ad.id,
                "company_id": company.id,
                "hotline_id": media.hotline_id.id,
                "start_at": min(first_at or media.create_date, media.create_date),
            }
        )
