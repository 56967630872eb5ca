"""What stands at every door of an app: the door itself, a place for defences, and what it reads."""
