"""A mock served over HTTP, for consumers in other processes and other languages.

Its streams answer there as they do in the test's own process, and the levers of a test are verbs of a control API.
What is steered is steered through the handles that every test has; `_interceptors` answers the requests.
"""
