"""What other systems tell us by themselves: a job that has run says so here."""
