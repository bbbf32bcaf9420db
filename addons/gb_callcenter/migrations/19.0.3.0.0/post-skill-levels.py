def migrate(cr, version):
    """Skills of agents and queues so far: agents are good at theirs, queues ask for any level."""
    cr.execute("SELECT to_regclass('gb_skill_user_rel'), to_regclass('gb_queue_skill_rel')")
    users, queues = cr.fetchone()
    if users:
        cr.execute(
            """INSERT INTO gb_skill_level (user_id, skill_id, level)
               SELECT user_id, skill_id, '3' FROM gb_skill_user_rel ON CONFLICT DO NOTHING"""
        )
    if queues:
        cr.execute(
            """INSERT INTO gb_queue_skill (queue_id, skill_id, min_level)
               SELECT queue_id, skill_id, '1' FROM gb_queue_skill_rel ON CONFLICT DO NOTHING"""
        )
