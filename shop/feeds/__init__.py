"""What other programs fetch whole: the site map and product feeds, in their own words."""
