"""How a mail server is asked: signed in, patiently, few at a time, and never trusting what it says to the screen."""
