"""The use cases, verbs: change state, write the audit entry, queue the mail; never commit."""
