"""What can be wrong about vectors and the model that makes them."""

from apps.common.errors import CinemeshError, StoreUnavailable


class EmbeddingUnavailable(StoreUnavailable):
    """Nothing embeds a text that the cache does not hold. What is stored serves on."""

    def __init__(self, reason: str = "") -> None:
        """`reason` is for the log."""
        super().__init__("embedding", reason)


class WrongWeights(CinemeshError):
    """The model's weights are not those that its vectors were made with."""

    code = "wrong_weights"
    status = 500


class UnusableModel(CinemeshError):
    """The embedding model cannot be loaded as the settings ask, or not be used for a text."""

    code = "unusable_model"
    status = 500


class VectorsRefused(CinemeshError):
    """The vector store refuses what it was asked; asking again changes nothing."""

    code = "vectors_refused"
    status = 500


class PointMissing(VectorsRefused):
    """The vector store holds no point of this id, or none with a vector."""

    code = "point_missing"


class CollectionMissing(CinemeshError):
    """The vector store does not hold a collection of this name."""

    code = "collection_missing"
    status = 500


class OtherModel(CinemeshError):
    """Another embedding model than a generation's answers, or made what its collection holds."""

    code = "other_model"
    status = 500
