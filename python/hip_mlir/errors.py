"""Exceptions. Each derives from Error and from the built-in that fits its cause."""


class Error(Exception):
    """What went wrong, with both values and how to mend it. Base of every exception of hip_mlir."""


class InvalidError(Error, ValueError):
    """An argument has a wrong value: a shape, a policy, a stride, a program that does not verify."""


class ArgumentTypeError(Error, TypeError):
    """An argument has a wrong type or element type."""


class UnsupportedError(Error, NotImplementedError):
    """Right, but not something that this build or this device can do."""


class NotFoundError(Error, FileNotFoundError):
    """A file, symbol, device, driver or libhipc.so is missing."""


class CapacityError(Error, MemoryError):
    """Memory or a buffer is too small."""


class CorruptError(Error, RuntimeError):
    """Stored bytes are damaged."""


class DeviceError(Error, RuntimeError):
    """The device or the operating system reported a failure."""


class InternalError(Error, RuntimeError):
    """A bug in the compiler or the runtime."""


# By hipc_code.
BY_CODE = {1: InvalidError, 2: UnsupportedError, 3: NotFoundError, 4: CapacityError,
           5: CorruptError, 6: DeviceError, 7: InternalError}
