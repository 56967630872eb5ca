"""Events that are kept: rows in the transaction of what they tell, chained so that nobody changes them unseen.

Imported only where there is a database.
"""

from buckler.events.journal.journal import Journal, Transaction

__all__ = ["Journal", "Transaction"]
