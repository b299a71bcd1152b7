# Part of Customer Loyalty & Key Accounts. LGPL-3 (see LICENSE).
"""How well two people know each other, judged by their contacts of 90 days."""

#: days that count
WINDOW = 90
#: from this many weighted contacts on -> strength
STEPS = ((30, 5), (16, 4), (8, 3), (3, 2), (0, 1))


def judge(meetings, calls, inbound, outbound, days):
    """Strength 1..5 of a relation, None without any contact.

    A meeting counts 4, a call or messenger contact 2, a mail from him 1, a mail to him
    a quarter; half of it all when the last contact is more than 30 days ago. Mails that
    he never answered make no relation: at most 1.

    :param days: since the last contact
    """
    contacts = 4 * meetings + 2 * calls + inbound + 0.25 * outbound
    if not contacts:
        return None
    if not (meetings or calls or inbound):
        return 1
    if days > 30:
        contacts /= 2
    return next(strength for start, strength in STEPS if contacts >= start)
