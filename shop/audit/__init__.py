"""Who changed what, when, and what it was before: written once, and never after.

A service that changes something for whoever runs the shop ends its transaction with
``service.record(session, actor, [service.Change(action, object, before, after)])``; that is all there
is to call. Reads are ``queries.page_of_entries`` and ``chain.findings``.
"""
