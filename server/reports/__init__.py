"""Write down for people what happened: the draft of a review, the account of promises."""
