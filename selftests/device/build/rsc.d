build/rsc.o: rsc.c device.h ../unit/linux/types.h \
 ../unit/linux/compiler.h ../unit/fakedev.h rules.h rules.def vfio_user.h \
 frame.h
device.h:
../unit/linux/types.h:
../unit/linux/compiler.h:
../unit/fakedev.h:
rules.h:
rules.def:
vfio_user.h:
frame.h:
