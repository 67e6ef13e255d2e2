"""What the four delivery reports share: the evidence, what is asked, how an analysis becomes rows."""
