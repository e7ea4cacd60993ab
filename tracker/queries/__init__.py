"""What pages read: lists and files put together for showing; they change nothing."""
