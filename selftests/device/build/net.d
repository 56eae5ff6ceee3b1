build/net.o: net.c frame.h ../unit/linux/types.h ../unit/linux/compiler.h \
 lies.h device.h ../unit/fakedev.h rules.h rules.def vfio_user.h
frame.h:
../unit/linux/types.h:
../unit/linux/compiler.h:
lies.h:
device.h:
../unit/fakedev.h:
rules.h:
rules.def:
vfio_user.h:
