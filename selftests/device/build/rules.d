build/rules.o: rules.c rules.h rules.def
rules.h:
rules.def:
