"""Values and their loader: settings, city data, catalogues, the PBX's templates."""
