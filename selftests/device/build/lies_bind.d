build/lies_bind.o: lies_bind.c lie.h device.h ../unit/linux/types.h \
 ../unit/linux/compiler.h ../unit/fakedev.h rules.h rules.def vfio_user.h
lie.h:
device.h:
../unit/linux/types.h:
../unit/linux/compiler.h:
../unit/fakedev.h:
rules.h:
rules.def:
vfio_user.h:
