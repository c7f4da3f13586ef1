"""Known weaknesses of judges, measured for the judge in hand: the same reply is judged twice, and something that should not
matter is changed in between."""
