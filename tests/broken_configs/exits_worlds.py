"""A module that is a program, too."""

import sys

print("this is a program")
sys.exit("usage: exits_worlds FILE")
