"""The gate in django-helpdesk: replies of agents are checked before they are saved and mailed. The extra is `django`.

INSTALLED_APPS = [..., "helpdesk", "replylint.integrations.django_helpdesk"]
MIDDLEWARE = [..., "replylint.integrations.django_helpdesk.middleware.ReplyGateMiddleware"]
REPLYLINT = {"config": BASE_DIR / "replylint.toml"}
"""
