"""What people may submit."""
