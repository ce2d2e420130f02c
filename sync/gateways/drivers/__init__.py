"""One module for each gateway, each with its driver as DRIVER. A new gateway is a new module here.

A module must not import httpx at its top (0.35 s of CPU), because the books read the declarations at the
first start and at each log-in.
"""
