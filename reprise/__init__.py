"""What the steps are made of, in rooms: each knows only those below it."""
