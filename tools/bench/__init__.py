"""`make bench`: how fast the add-ons are, against goals, on data of realistic size.

On the side of make (standard library only): ``make`` leads, ``databases`` prepares two
databases of each size that hold the same documents, one with our add-ons and one
without, ``report`` writes docs/benchmarks.md.

On the side of Odoo: ``worker`` is the process that ``make`` starts; ``masterdata`` and
``ledger`` fill a database, ``rounds`` repeats and times, ``runs``, ``screens``,
``maps``, ``deals``, ``posting`` and ``rivals`` are what is measured.
"""
