BUILDS = ()
