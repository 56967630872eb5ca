"""Who calls: accounts that are made, signed in and shown, and how an app lets them in."""
