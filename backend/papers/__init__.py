"""What is printed and handed out: papers in a form that others read."""
