"""How an app that Buckler protects is brought before a drill."""
