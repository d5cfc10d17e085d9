"""Forms: the fields of a city's cases, each of a type that checks, describes and words it."""
