build/ctrl.o: ctrl.c device.h ../unit/linux/types.h \
 ../unit/linux/compiler.h ../unit/fakedev.h rules.h rules.def vfio_user.h \
 lies.h
device.h:
../unit/linux/types.h:
../unit/linux/compiler.h:
../unit/fakedev.h:
rules.h:
rules.def:
vfio_user.h:
lies.h:
