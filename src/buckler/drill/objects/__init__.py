"""The things that an app keeps for people: made by one, learnt from answers, and used by another."""
