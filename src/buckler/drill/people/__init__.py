"""Who there is: identities, their accounts and letters, and how the doors look that let them in."""
