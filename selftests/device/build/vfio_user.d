build/vfio_user.o: vfio_user.c vfio_user.h
vfio_user.h:
