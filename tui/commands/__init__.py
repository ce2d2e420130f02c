"""The commands of the command line, one file for each group.

A file is imported when its command is called, and the floors below when it runs: `nocopy card read` loads no
database, and `nocopy --help` loads nothing at all.
"""
