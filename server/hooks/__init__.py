"""What other systems tell us by themselves: jobs that have run, the state they are in, alerts that fire."""
