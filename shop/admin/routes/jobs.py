"""Jobs: how far they are, and what came of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from shop.admin.errors import UnknownJob
from shop.admin.listing import page_of_jobs
from shop.admin.routes.door import SHUT, admin
from shop.admin.schemas.seeding import JobPage, JobView
from shop.kit import access
from shop.kit.db import db
from shop.kit.pages import BadCursor, Page, PageQuery
from shop.kit.problems import InvalidRequest
from shop.seeding import jobs
from shop.seeding.models import Job


@admin.route("/jobs")
@admin.arguments(PageQuery, location="query")
@admin.response(200, JobPage)
@admin.refuses(*SHUT, InvalidRequest, BadCursor)
@admin.private
@access.key("catalogue:read")
def list_jobs(query: dict[str, Any]) -> Page[Job]:
    """List jobs, newest first."""
    return page_of_jobs(db.session(), **query)


@admin.route("/jobs/<uuid:job_id>")
@admin.response(200, JobView)
@admin.refuses(*SHUT, UnknownJob)
@admin.private
@access.key("catalogue:read")
def get_job(job_id: UUID) -> Job:
    """Read how far a job is; poll it until its status is `succeeded` or `failed`."""
    found = jobs.find(db.session(), job_id)
    if found is None:
        raise UnknownJob
    return found
