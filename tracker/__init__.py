"""Tracker publishes articles and runs the content moderation and takedown process beside them."""
