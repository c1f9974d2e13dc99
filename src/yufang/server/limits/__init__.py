"""How much anyone may ask in a while: budgets for people, keys and addresses, and for guesses at secrets."""
