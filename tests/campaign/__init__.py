"""Long campaigns: what the test run does small, done large, with figures for the README.

``python -m tests.campaign [NAME ...] [--scale S]``; each module beside this one is a campaign.
"""
