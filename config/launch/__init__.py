"""What run.py does. Standard library only: it works before anything is installed."""
