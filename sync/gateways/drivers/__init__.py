"""One module for each gateway, each with its driver as DRIVER. A new gateway is a new module here.

To import one must not import httpx (0.35 s of CPU): the books ask for the declarations at the first start and
at the log-in.
"""
