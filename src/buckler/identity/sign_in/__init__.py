"""Is it who it says it is: sign-in, and what keeps strangers from guessing."""
