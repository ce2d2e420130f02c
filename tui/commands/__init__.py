"""The commands of the command line, one file for each group.

They are imported when they are called, and what they need of the floors below when they run: `nocopy card
read` loads no database, and `nocopy --help` loads nothing at all.
"""
