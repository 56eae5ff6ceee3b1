build/fakedev_split.o: ../unit/fakedev_split.c ../unit/fakedev_priv.h \
 ../unit/fakedev.h ../unit/linux/types.h ../unit/linux/compiler.h \
 ../unit/../device/rules.h ../unit/../device/rules.def
../unit/fakedev_priv.h:
../unit/fakedev.h:
../unit/linux/types.h:
../unit/linux/compiler.h:
../unit/../device/rules.h:
../unit/../device/rules.def:
